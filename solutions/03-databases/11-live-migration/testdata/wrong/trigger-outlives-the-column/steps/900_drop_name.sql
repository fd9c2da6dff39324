-- Wrong: the column goes first, and what belonged to it is cleared away after it.
--checker:fails TestSteps/version_2_keeps_working_when_version_1_is_gone
--checker:fails TestSteps/others_pass_while_a_step_waits_for_a_slow_reader
--checker:fails TestSteps/others_pass_while_a_step_waits_for_a_slow_writer
--checker:hint 5
--checker:sign record "new" has no field
ALTER TABLE customers DROP COLUMN name;
