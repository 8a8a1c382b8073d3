"""What the authors of the kit measure and generate; users do not need it."""
