"""What all declarations are made of: parameters, registries, distributions, arrays and times."""
