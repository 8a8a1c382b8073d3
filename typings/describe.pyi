from grader.sandbox.guest.describe import *
