"""Pop-up spaces: devices that sign, messages that are checked, kits that are simulated."""
