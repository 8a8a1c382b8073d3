"""The part of the lab that runs inside the sandbox, with the student's network."""
