"""The agency hub (社保经办机构数据交换枢纽): mailboxes carry wakes, the database carries work."""

__version__ = "0.1.0"
