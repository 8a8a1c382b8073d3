"""The subcommands of `nnlab`, one module each: they translate options and print."""
