from grader.lab.guest.effort import *
