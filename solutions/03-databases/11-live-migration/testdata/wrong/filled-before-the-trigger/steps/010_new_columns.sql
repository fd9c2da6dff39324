-- Wrong: the old rows are filled first, and then the trigger looks after the new ones.
--checker:fails TestSteps/version_1_works_all_the_time
--checker:fails TestSteps/version_2_works_beside_version_1
--checker:fails TestSteps/version_2_keeps_working_when_version_1_is_gone
--checker:hint 5
-- From here on, what one version writes reaches the column of the other.
ALTER TABLE customers ADD COLUMN full_name text, ADD COLUMN points_wide bigint;
