//! The wire: one file per RPC of tfplugin6, each converting, calling the framework and converting back.
