//! Date pickers for Lynn.

use shared::genesys::outbound::{DatePicker as GenesysDatePicker, Location as GenesysLocation};
use shared::lynn::outbound::{AvailableTime, DatePicker, Location};

use super::link::Unsupported;

/// Omits times without an instant, because a customer cannot choose them, and names them.
pub(super) fn date_picker(picker: &GenesysDatePicker, unsupported: &mut Unsupported) -> DatePicker {
    DatePicker {
        id: picker.id.clone(),
        title: picker.title.clone(),
        subtitle: picker.subtitle.clone(),
        image_url: unsupported.page(picker.image_url.as_ref(), "Image"),
        date_minimum: picker.date_minimum.clone(),
        date_maximum: picker.date_maximum.clone(),
        date_display_format: picker.date_display_format.clone(),
        location: picker.location.as_ref().map(|place| location(place, unsupported)),
        available_times: picker
            .available_times
            .iter()
            .filter_map(|time| {
                if time.date_time.is_none() {
                    unsupported.add("DatePicker");
                }
                Some(AvailableTime {
                    date_time: time.date_time.clone()?,
                    duration_seconds: time.duration,
                })
            })
            .collect(),
    }
}

pub(super) fn location(location: &GenesysLocation, unsupported: &mut Unsupported) -> Location {
    Location {
        name: location.text.clone(),
        address: location.address.clone(),
        url: unsupported.page(location.url.as_ref(), "Location"),
        latitude: location.latitude,
        longitude: location.longitude,
    }
}
