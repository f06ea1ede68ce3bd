//! A choice of dates and times for Lynn.

use crate::genesys::outbound::{DatePicker as GenesysDatePicker, Location as GenesysLocation};
use crate::lynn::outbound::{AvailableTime, DatePicker, Location};

/// A choice of dates and times; a time without an instant cannot be chosen and is left out.
pub(super) fn date_picker(picker: &GenesysDatePicker) -> DatePicker {
    DatePicker {
        id: picker.id.clone(),
        title: picker.title.clone(),
        subtitle: picker.subtitle.clone(),
        image_url: picker.image_url.clone(),
        date_minimum: picker.date_minimum.clone(),
        date_maximum: picker.date_maximum.clone(),
        date_display_format: picker.date_display_format.clone(),
        location: picker.location.as_ref().map(location),
        available_times: picker
            .available_times
            .iter()
            .filter_map(|time| {
                Some(AvailableTime {
                    date_time: time.date_time.clone()?,
                    duration_seconds: time.duration,
                })
            })
            .collect(),
    }
}

fn location(location: &GenesysLocation) -> Location {
    Location {
        name: location.text.clone(),
        address: location.address.clone(),
        url: location.url.clone(),
        latitude: location.latitude,
        longitude: location.longitude,
    }
}
