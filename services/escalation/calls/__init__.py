"""A whistle as one called unit sees it 呼叫: told, answered, reported in, rated."""
