from grader.sandbox.guest.loading import *
