//! Values, identities and stored values between the wire and the framework.

use crate::framework::{Encoded, RawState};
use crate::proto::tfplugin6 as pb;

/// A value from the host; one that is absent is null.
pub(super) fn from_wire(value: Option<pb::DynamicValue>) -> Encoded {
    value.map_or_else(Encoded::default, |value| Encoded {
        msgpack: value.msgpack,
        json: value.json,
    })
}

/// A value for the host. It is never absent: hosts take an absent state for an object that is gone.
pub(super) fn to_wire(value: Encoded) -> Option<pb::DynamicValue> {
    Some(pb::DynamicValue {
        msgpack: value.msgpack,
        json: value.json,
    })
}

/// An identity from the host, if there is one.
pub(super) fn identity_from_wire(identity: Option<pb::ResourceIdentityData>) -> Option<Encoded> {
    identity?.identity_data.map(|data| from_wire(Some(data)))
}

/// An identity for the host, if there is one.
pub(super) fn identity_to_wire(identity: Option<Encoded>) -> Option<pb::ResourceIdentityData> {
    identity.map(|identity| pb::ResourceIdentityData {
        identity_data: to_wire(identity),
    })
}

/// A stored value from the host; one that is absent is empty.
pub(super) fn stored_from_wire(state: Option<pb::RawState>) -> RawState {
    state.map_or_else(RawState::default, |state| RawState {
        json: state.json,
        flatmap: state.flatmap.into_iter().collect(),
    })
}
