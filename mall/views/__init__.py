"""Read models per audience: what operators, tenants and the interface get to see."""
