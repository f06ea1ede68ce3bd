//! Checks what the repository says about itself. The tests are in `tests/repository`.
