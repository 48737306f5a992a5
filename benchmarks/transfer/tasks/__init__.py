"""One file a task: ``load()`` returns a :class:`~benchmarks.transfer._task.Task`; it says where the data come from."""
