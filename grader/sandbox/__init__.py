"""Runs students' code in processes of its own: `host` starts them, `guest` runs inside."""
