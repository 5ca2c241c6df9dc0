//! Values in MessagePack, as `tfplugin6.DynamicValue.msgpack` carries them in both directions.

mod decode;
mod encode;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use decode::decode;
pub use encode::encode;
