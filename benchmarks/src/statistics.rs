//! Median, smallest and largest of several measurements.

use std::time::Duration;

/// Several measurements of the same thing, sorted.
#[derive(Clone, Debug, Default)]
pub struct Samples(Vec<Duration>);

impl Samples {
    pub fn add(&mut self, sample: Duration) {
        let place = self.0.partition_point(|known| *known <= sample);
        self.0.insert(place, sample);
    }

    pub fn median(&self) -> Duration {
        self.0.get(self.0.len() / 2).copied().unwrap_or_default()
    }

    pub fn smallest(&self) -> Duration {
        self.0.first().copied().unwrap_or_default()
    }

    pub fn largest(&self) -> Duration {
        self.0.last().copied().unwrap_or_default()
    }
}

/// Milliseconds with `digits` decimals.
pub fn milliseconds(time: Duration, digits: usize) -> String {
    format!("{:.digits$}", time.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_adding_does_not_matter() {
        let mut samples = Samples::default();
        [5, 1, 9, 3, 7].into_iter().for_each(|number| samples.add(Duration::from_millis(number)));
        let found = [samples.smallest(), samples.median(), samples.largest()];
        assert_eq!(found.map(|time| time.as_millis()), [1, 5, 9]);
        assert_eq!(milliseconds(samples.median(), 1), "5.0");
    }
}
