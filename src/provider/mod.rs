//! This provider: its configuration and `atlas_stream_processor_start`; the only room that knows both the framework and Atlas.

pub mod api_error;
pub mod config;
