"""Parents and guardians act for children: proved by a register, until the child is of age."""
