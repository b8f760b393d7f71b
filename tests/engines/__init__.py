"""The engines that hand out drains."""
