"""What AWS would refuse, found without AWS; `bin/check-aws` runs it."""
