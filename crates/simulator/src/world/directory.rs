//! Other directory objects: devices and the subscribed products.

use uuid::Uuid;

use super::objects::Entity;

/// A device; groups can contain devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// `id`
    pub id: Uuid,
    /// `deviceId`
    pub device_id: Uuid,
    /// `displayName`
    pub display_name: String,
    /// `operatingSystem`
    pub operating_system: &'static str,
    /// `accountEnabled`
    pub account_enabled: bool,
}

impl Entity for Device {
    fn id(&self) -> Uuid {
        self.id
    }
}
