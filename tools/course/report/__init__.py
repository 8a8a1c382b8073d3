"""From the gradebook to what people and learning systems read."""
