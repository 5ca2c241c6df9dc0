//! A value that is built once, on a thread of its own, however many wait for it and give up waiting.

use tokio::{
    sync::{Mutex, OnceCell},
    task::{JoinError, JoinHandle, spawn_blocking},
};

/// Built when it is first asked for. What cannot be built is tried again by who asks next.
pub(super) struct Once<T, E> {
    built: OnceCell<T>,
    /// The thread that is at it. It outlives whoever began it: a thread that hangs cannot be ended, and must not be joined by
    /// another one with every try.
    building: Mutex<Option<JoinHandle<Result<T, E>>>>,
}

impl<T, E> Default for Once<T, E> {
    fn default() -> Self {
        Self {
            built: OnceCell::new(),
            building: Mutex::default(),
        }
    }
}

impl<T: Send + 'static, E: Send + 'static> Once<T, E> {
    /// One that is built already.
    #[cfg(test)]
    pub(super) fn of(value: T) -> Self {
        Self {
            built: OnceCell::new_with(Some(value)),
            building: Mutex::default(),
        }
    }

    /// The value; `build` is only called where nobody is at it. May be dropped at any time.
    ///
    /// # Errors
    /// Within, why it could not be built; without, a panic of `build`.
    pub(super) async fn get(
        &self,
        build: impl FnOnce() -> Result<T, E> + Send + 'static,
    ) -> Result<Result<&T, E>, JoinError> {
        if let Some(built) = self.built.get() {
            return Ok(Ok(built));
        }
        let mut building = self.building.lock().await;
        if let Some(built) = self.built.get() {
            return Ok(Ok(built));
        }
        let built = building.get_or_insert_with(|| spawn_blocking(build)).await;
        *building = None;
        match built? {
            Ok(value) => Ok(Ok(self.built.get_or_init(|| async { value }).await)),
            Err(error) => Ok(Err(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    };

    use super::*;

    #[tokio::test]
    async fn those_who_give_up_leave_one_thread_behind_whose_work_the_next_one_gets() {
        let once = Once::<&str, ()>::default();
        let begun = Arc::new(AtomicUsize::new(0));
        let (release, released) = mpsc::channel::<()>();
        let released = Arc::new(std::sync::Mutex::new(released));
        let build = || {
            let (begun, released) = (begun.clone(), released.clone());
            move || {
                begun.fetch_add(1, Ordering::SeqCst);
                let _ = released.lock().unwrap().recv();
                Ok("built")
            }
        };
        for _ in 0..100 {
            tokio::select! {
                biased;
                _ = once.get(build()) => panic!("nobody has released it"),
                () = tokio::task::yield_now() => {}
            }
        }
        release.send(()).unwrap();
        assert_eq!(once.get(build()).await.unwrap(), Ok(&"built"));
        assert_eq!(begun.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn what_could_not_be_built_is_tried_again() {
        let once = Once::<u8, &str>::default();
        assert_eq!(once.get(|| Err("no")).await.unwrap(), Err("no"));
        assert!(once.get(|| panic!("on purpose")).await.is_err());
        assert_eq!(once.get(|| Ok(1)).await.unwrap(), Ok(&1));
        assert_eq!(once.get(|| Ok(2)).await.unwrap(), Ok(&1));
    }
}
