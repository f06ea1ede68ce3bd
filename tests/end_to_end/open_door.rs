//! What strangers may do to the open door of `bridge serve`, through real sockets: nothing that keeps an honest client waiting.

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
