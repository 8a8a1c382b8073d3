from grader.sandbox.guest.attempts import *
