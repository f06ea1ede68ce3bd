//! Holds `template.yaml` against what the functions do; everything is in its tests.
