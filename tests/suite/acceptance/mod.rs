//! Acceptance: real Terraform drives the real provider against the simulator, and the simulator's record is the witness.
//!
//! Every scenario runs under every host that `ATLAS_TEST_HOSTS` selects and that knows what the scenario needs;
//! where more than one host is selected, the matrix host x scenario is printed.

mod action;
mod again_at_once;
mod beside;
mod change;
mod data_sources;
mod documented;
mod drift;
mod examples;
mod halves;
mod import;
mod installed;
mod interrupt;
mod left_over;
mod lifecycle;
mod matrix;
mod plan;
mod refused;
mod replace;
mod schema;
mod secrets;
mod stop_action;
mod taint;
mod traces;
mod wait;
mod world;

/// Declares the scenarios by room; each is an `async fn(World)` there and becomes a test of its own.
macro_rules! scenarios {
    ($($room:ident { $($name:ident $(needs $need:ident)?),* $(,)? })*) => {
        /// Every scenario, so that the last to finish knows that it is the last.
        const SCENARIOS: &[&str] = &[$($(concat!(stringify!($room), "::", stringify!($name))),*),*];

        mod under_real_hosts {
            $(mod $room {
                $(#[tokio::test]
                async fn $name() {
                    let needs: &[$crate::acceptance::matrix::Need] = &[$($crate::acceptance::matrix::Need::$need)?];
                    $crate::acceptance::matrix::run(
                        concat!(stringify!($room), "::", stringify!($name)),
                        needs,
                        $crate::acceptance::$room::$name,
                    )
                    .await;
                })*
            })*
        }
    };
}

scenarios! {
    again_at_once {
        what_is_in_doubt_is_waited_for,
    }
    left_over {
        a_failed_address_that_is_renamed_leaves_what_another_holds,
        a_rename_with_create_before_destroy_leaves_what_another_holds,
        a_repetition_that_never_comes_was_told_of,
        a_replace_interrupted_at_its_stop_is_made_good,
        a_sound_address_does_not_make_a_failed_one_bounce_the_processor,
        an_address_that_goes_leaves_what_another_holds_running,
        what_waits_to_be_destroyed_does_not_stop_what_took_its_place,
    }
    lifecycle {
        create_starts_and_the_second_plan_is_empty,
        a_start_with_options_sends_them_once,
        what_runs_already_is_kept,
        what_runs_already_is_an_error_where_that_was_asked_for,
        what_runs_already_is_restarted_where_that_was_asked_for,
        destroy_forgets_and_warns,
        destroy_stops_where_that_was_asked_for,
        a_change_of_only_stop_on_destroy_sends_nothing,
        one_hundred_starts_in_one_apply,
    }
    drift {
        stopped_outside_is_planned_and_started_again,
        stopped_outside_is_left_alone_where_that_was_asked_for,
        a_removed_processor_is_planned_anew,
        drift_does_not_process_data_twice,
    }
    change {
        triggers_keep_what_runs,
        triggers_start_what_rests,
        triggers_restart_where_that_was_asked_for,
        triggers_after_if_started_error_keep_what_runs,
        a_changed_option_stops_and_starts_with_it,
        a_removed_option_sends_nothing,
    }
    replace {
        a_replace_that_was_asked_for_follows_if_started,
        create_before_destroy_does_not_stop_what_it_just_started,
        a_rename_warns_that_the_old_one_runs_on,
    }
    halves {
        a_refused_stop_leaves_what_the_object_remembers,
        a_create_before_destroy_that_is_refused_keeps_the_object_there_was,
        a_create_before_destroy_in_doubt_ends_with_one_object,
    }
    import {
        by_id_then_a_clean_plan,
        the_documented_command_then_a_clean_plan,
        by_identity_then_a_clean_plan needs Identity,
        the_first_change_after_an_import_bounces_nothing,
    }
    installed {
        from_a_mirror_in_the_file_system,
        from_a_mirror_in_the_network,
        the_checksums_are_those_of_lock_files,
    }
    wait {
        without_wait_the_start_is_all,
        a_processor_that_fails_meanwhile_is_an_error,
        patience_ends_at_the_timeout,
        a_start_that_cannot_be_read_back_is_a_success,
        a_tainted_start_that_runs_by_now_is_not_bounced,
        a_start_that_is_not_over_in_time_twice_is_taken_over_in_the_end,
    }
    taint {
        a_start_that_failed_is_made_once_more_without_a_stop,
        a_start_whose_answer_was_lost_is_not_made_again,
        a_replace_after_an_untaint_means_it,
    }
    plan {
        without_credentials_a_new_start_can_be_planned,
        with_state_and_without_credentials_the_error_names_the_way_out,
        an_unknown_project_is_known_at_apply,
        an_unknown_provider_block_keeps_the_prior_state,
        without_refresh_nothing_is_asked,
    }
    action {
        a_trigger_starts_with_progress needs Actions,
        an_invocation_starts_with_progress needs Actions,
        a_failover_is_sent_to_what_runs needs Actions,
        an_error_names_what_atlas_said needs Actions,
        it_runs_around_a_destroy_for_its_caller needs DestroyEvents,
        its_failure_halts_taints_or_is_passed_over needs DestroyEvents,
    }
    stop_action {
        an_invocation_stops_with_progress needs Actions,
        a_change_finds_the_processor_at_rest_and_leaves_it_started needs Actions,
        a_refused_stop_halts_the_change needs Actions,
        what_is_destroyed_is_stopped_before needs DestroyEvents,
        a_replace_whose_processor_is_gone_goes_on needs DestroyEvents,
    }
    data_sources {
        a_plan_reads_what_atlas_says,
        a_failed_processor_fails_the_plan,
        a_check_warns_of_what_is_failed,
        what_is_known_at_apply_is_read_then,
        one_that_does_not_exist_fails_the_plan,
        a_whole_workspace_is_started,
        those_that_were_stopped_are_started_and_stay_in_the_plan,
    }
    beside {
        the_official_provider_owns_the_pipeline,
    }
    refused {
        bad_input_names_the_attribute_and_sends_nothing,
        bad_provider_configuration_names_the_attribute_and_sends_nothing,
        an_answer_of_atlas_becomes_a_diagnostic,
        bad_action_input_names_the_attribute_and_sends_nothing needs Actions,
    }
    secrets {
        an_access_token_is_nowhere,
        a_service_account_is_nowhere,
        an_api_key_is_nowhere,
        what_is_planted_is_found,
    }
    documented {
        the_readme_is_valid,
    }
    examples {
        all_are_formatted,
        all_are_applied_and_destroyed,
        a_failed_processor_fails_the_plan_of_the_ci_guide,
        the_tests_of_ones_own_configuration_pass needs MockProviders,
    }
    schema {
        the_host_prints_the_schema_that_is_committed needs Actions,
    }
    interrupt {
        ctrl_c_at_every_step,
        ctrl_c_at_every_step_of_an_action needs Actions,
        ctrl_c_of_somebody_who_does_not_wait,
        ctrl_c_with_many_starts_on_their_way needs FailuresAtOnce,
        an_interrupt_of_the_host_alone,
        the_end_of_a_job_as_ci_runners_send_it,
        the_end_of_a_job_during_an_action needs Actions,
        a_provider_that_is_killed,
        a_provider_that_is_killed_during_an_action needs Actions,
        a_host_that_is_killed,
        a_host_that_is_killed_during_an_action needs Actions,
    }
}
