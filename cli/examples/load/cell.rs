//! What is measured: how many connections, how many conversations, which way.

/// Which side posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Inbound,
    Outbound,
    /// Both in turn.
    Both,
}

/// One comparison.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    pub way: Way,
    pub connections: usize,
    pub conversations: usize,
    /// Measured messages; a tenth as many come before them.
    pub messages: usize,
}

impl Way {
    pub fn name(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
            Self::Both => "both",
        }
    }

    /// Whether this message is one of Lynn.
    pub fn is_inbound(self, number: usize) -> bool {
        match self {
            Self::Inbound => true,
            Self::Outbound => false,
            Self::Both => number.is_multiple_of(2),
        }
    }
}

const fn cell(way: Way, connections: usize, conversations: usize, messages: usize) -> Cell {
    Cell { way, connections, conversations, messages }
}

/// All comparisons, or those that a change of the hot path needs.
pub fn cells(quick: bool) -> Vec<Cell> {
    let quick_ones = vec![cell(Way::Both, 16, 2_000, 20_000), cell(Way::Both, 64, 2_000, 20_000)];
    if quick {
        return quick_ones;
    }
    let mut all = vec![cell(Way::Both, 1, 2_000, 4_000)];
    all.extend(quick_ones);
    all.extend([
        cell(Way::Both, 256, 2_000, 20_000),
        cell(Way::Inbound, 64, 2_000, 20_000),
        cell(Way::Outbound, 64, 2_000, 20_000),
        cell(Way::Both, 64, 1, 4_000),
        cell(Way::Both, 64, 100_000, 40_000),
    ]);
    all
}
