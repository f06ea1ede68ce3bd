//! The open endpoints of `bridge serve` under abuse by strangers, through real sockets: honest
//! clients need not wait.

mod attack;
mod bodies;
mod links;
mod patience;
mod raw;
mod readers;
mod replays;
mod requests;
mod room;
mod strangers;
mod under_attack;
