# SPDX-License-Identifier: GPL-2.0
"""Usage: offload.py CARD gro|tso 0|1

What `ethtool -K` does. Run by 27-busy-poll.
"""
import array
import fcntl
import socket
import struct
import sys

SIOCETHTOOL = 0x8946
COMMANDS = {"gro": 0x2c, "tso": 0x1f}	# ETHTOOL_SGRO, ETHTOOL_STSO

card, which, value = sys.argv[1:]
command = array.array("I", [COMMANDS[which], int(value)])
request = struct.pack("16sP8x", card.encode(), command.buffer_info()[0])
fcntl.ioctl(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), SIOCETHTOOL, request)
