//! The places of the queues to which the flow transfers by an attribute.

/// The place of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(u8);

impl Slot {
    /// How many queues there can be beside the default queue.
    pub const COUNT: usize = 20;

    /// All places, in their order.
    pub const ALL: [Self; Self::COUNT] = [
        Self(0),
        Self(1),
        Self(2),
        Self(3),
        Self(4),
        Self(5),
        Self(6),
        Self(7),
        Self(8),
        Self(9),
        Self(10),
        Self(11),
        Self(12),
        Self(13),
        Self(14),
        Self(15),
        Self(16),
        Self(17),
        Self(18),
        Self(19),
    ];

    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The place that counts if the names of the queues are lost.
    pub fn is_first(self) -> bool {
        self.0 == 0
    }

    /// The name in the record.
    pub(crate) fn key(self) -> String {
        format!("queueByAttribute{}", self.0 + 1)
    }
}
