from grader.lab.guest.network import *
