//! Makes an id for an event that came without one.

use uuid::Builder;

use crate::ids::LynnEventId;
use crate::time::Timestamp;

/// A UUID of version 7, which rises with time. `random` is 128 random bits.
pub fn new_id(now: Timestamp, random: [u64; 2]) -> LynnEventId {
    let milliseconds = u64::try_from(now.milliseconds()).unwrap_or_default();
    let mut bits = [0_u8; 10];
    bits[..8].copy_from_slice(&random[0].to_be_bytes());
    bits[8..].copy_from_slice(&random[1].to_be_bytes()[..2]);
    let id = Builder::from_unix_timestamp_millis(milliseconds, &bits).into_uuid();
    LynnEventId::new(id.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_uuid_of_the_time() {
        let time = Timestamp::from_milliseconds(1_795_341_600_000);
        let id = new_id(time, [1, 2]);
        assert_eq!((id.as_str().len(), &id.as_str()[14..15]), (36, "7"));
        assert_ne!(id, new_id(time, [2, 2]));
        assert!(id < new_id(Timestamp::from_milliseconds(1_795_341_600_001), [0, 0]));
    }
}
