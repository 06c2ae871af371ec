"""Constants of the rules' kernels, one module a rule, named as the rule's own."""
