//! Debug output for what may hold secrets: the name of the type and nothing else.

/// States, configurations and private bytes may hold secrets, so none of them is ever shown.
macro_rules! opaque_debug {
    ($($name:ident $(<$life:lifetime>)?),* $(,)?) => {$(
        impl std::fmt::Debug for $name $(<$life>)? {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )*};
}
