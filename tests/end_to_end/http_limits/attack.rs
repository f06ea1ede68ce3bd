//! Many connections that all do the same harm, and reconnect as soon as they are closed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::raw::Raw;

/// The actions of each connection.
#[derive(Clone)]
pub struct Harm {
    /// The name in the message of a failing test.
    pub name: &'static str,
    /// The bytes that it sends first.
    pub opening: Vec<u8>,
    /// The bytes that it sends repeatedly afterwards.
    pub drip: Vec<u8>,
    /// Whether it reads the answers.
    pub reads: bool,
}

/// An attack that continues until it is dropped.
pub struct Attack {
    stop: Arc<AtomicBool>,
    opened: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl Attack {
    /// Starts the attack with this number of connections at once.
    pub fn begin(socket: String, connections: usize, harm: Harm) -> Self {
        let (stop, opened) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (ending, counting) = (Arc::clone(&stop), Arc::clone(&opened));
        let thread = std::thread::spawn(move || {
            let mut held: Vec<Option<Raw>> = (0..connections).map(|_| None).collect();
            while !ending.load(Ordering::Relaxed) {
                for place in &mut held {
                    go_on(place, &socket, &harm, &counting);
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        Self { stop, opened, thread: Some(thread) }
    }

    /// How many connections it has opened so far.
    pub fn opened(&self) -> usize {
        self.opened.load(Ordering::Relaxed)
    }
}

fn go_on(place: &mut Option<Raw>, socket: &str, harm: &Harm, opened: &AtomicUsize) {
    let alive = match place {
        Some(connection) if harm.reads => !connection.is_closed() && connection.send(&harm.drip),
        Some(connection) => !connection.is_cut_off(),
        None => false,
    };
    if !alive {
        *place = Raw::open(socket);
        if let Some(connection) = place {
            opened.fetch_add(1, Ordering::Relaxed);
            connection.send(&harm.opening);
        }
    }
}

impl Drop for Attack {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
