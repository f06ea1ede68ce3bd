//! Every shape of payload from its fixture, through its parser and the conversion, to what is sent.

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
