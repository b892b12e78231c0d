"""Pure geometry in local metres: plans, calibration, zones, density, flow, fusion. Never asks the clock."""
