//! Tests of the crate's public interface, on real files. One program, so that it links once.

#[cfg(test)]
mod backup;
#[cfg(test)]
#[path = "../conformance/mod.rs"]
mod conformance;
#[cfg(test)]
mod due;
#[cfg(test)]
mod media;
#[cfg(test)]
mod opening;
#[cfg(test)]
mod ports;
#[cfg(test)]
mod support;
#[cfg(test)]
mod upgrading;
#[cfg(test)]
mod visiting;
#[cfg(test)]
mod worker;
#[cfg(test)]
mod worker_order;
