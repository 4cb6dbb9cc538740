"""What people see of cases: the same reads serve pages and programs."""
