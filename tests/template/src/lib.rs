//! Compares `template.yaml` with the functions. The tests contain all the code.
