from grader.sandbox.guest.channel import *
