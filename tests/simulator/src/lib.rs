//! A stateful stand-in for the stream processor endpoints of MongoDB Atlas.
