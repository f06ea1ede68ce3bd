//! Runs work on ports in memory, which completes without a runtime.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll};

use futures_util::task::noop_waker;

/// After this number of polls the work counts as endless.
const MOST_TURNS: usize = 10_000;

pub(crate) fn finished<T>(work: impl Future<Output = T>) -> T {
    let (mut work, waker) = (pin!(work), noop_waker());
    for _ in 0..MOST_TURNS {
        if let Poll::Ready(done) = work.as_mut().poll(&mut Context::from_waker(&waker)) {
            return done;
        }
    }
    panic!("the work does not end");
}
