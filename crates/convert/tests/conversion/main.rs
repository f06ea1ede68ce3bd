//! Tests every shape of payload from its fixture through parser and conversion to the result.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod from_genesys;
#[cfg(test)]
mod from_lynn;
#[cfg(test)]
#[path = "../../../../tests/pages/mod.rs"]
mod pages;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod table;
