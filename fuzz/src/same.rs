//! Whether a value came back as it went.

use terraform_provider_atlas::framework::Value;

/// The same value. A decimal text that is exactly a float goes over the wire as that float, as hosts send it too, and counts
/// as itself although fewer digits of it come back.
pub fn same(came: &Value, went: &Value) -> bool {
    came == went
        || match (came, went) {
            (Value::Number(came), Value::Number(went)) => {
                came.as_f64().to_bits() == went.as_f64().to_bits()
            }
            (Value::List(came), Value::List(went))
            | (Value::Tuple(came), Value::Tuple(went))
            | (Value::Set(came), Value::Set(went)) => all(came.iter(), went.iter()),
            (Value::Map(came), Value::Map(went)) | (Value::Object(came), Value::Object(went)) => {
                came.keys().eq(went.keys()) && all(came.values(), went.values())
            }
            (Value::Dynamic(came), Value::Dynamic(went)) => {
                came.0 == went.0 && same(&came.1, &went.1)
            }
            _ => false,
        }
}

fn all<'a>(
    came: impl ExactSizeIterator<Item = &'a Value>,
    went: impl ExactSizeIterator<Item = &'a Value>,
) -> bool {
    came.len() == went.len() && came.zip(went).all(|(came, went)| same(came, went))
}
