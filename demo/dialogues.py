"""The demo interviews as text: one turn a line, ``I`` the interviewer, ``P`` the participant.

Every word is in the demo model's vocabulary (`demo.model.grammar.VOCAB`). All of it is invented.
"""

CLIENT_CHOIR = """
I: Good morning, and thank you for joining me today.
P: Thank you very much.
I: Are you happy for me to record the interview?
P: Yes, that is fine.
I: Can you tell me a bit about yourself?
P: I live in Bristol with my husband.
I: How many children do you have?
P: We have two children and five grandchildren.
I: Who told you about the service?
P: My doctor told me about it last year.
I: Was it difficult to sleep at night?
P: Yes, I was very anxious and sad.
I: When did the support start?
P: It started in March, just before the first lockdown.
I: And what happened after that?
P: A lady called Sarah listened to me for an hour.
I: What was it like to stay at home?
P: It was hard, because I could not leave the house.
I: Did your link worker visit you at home?
P: No, she sent me a letter every month.
I: So what did you talk about?
P: My family, my health and the garden.
I: What was important to you?
P: I used to go singing every Monday.
I: Did you join a group?
P: Yes, exactly. The choir was online.
I: Was it difficult or easy to use the internet?
P: Well, it was a bit strange at the beginning.
I: How do you feel now?
P: I feel much better now.
I: How often do you see your friends?
P: I go walking with my neighbour once a week.
I: On a scale from zero to ten, how supported did you feel?
P: Um, nine, maybe ten.
I: Would you say that the programme was useful?
P: Yes, of course. They were all so kind.
I: Is there anything else you would like to tell me?
P: It took six weeks to get an appointment.
I: I'm so sorry to hear that.
P: That was quite frustrating.
I: Okay, one last question. What does health mean to you?
P: Health means that I can see my friends.
I: That is a lovely answer. Have a good day, and stay safe.
P: Thank you very much.
"""

CLIENT_GARDEN = """
I: My name is Anna and I am a researcher from Oxford.
I: Today is Wednesday, and I am talking to David from Leeds.
I: Are you happy for me to record the interview?
P: Yes, of course.
I: Where did you go before the pandemic?
P: I used to go fishing once a week. Well, I went to the men's group with Peter.
I: And how has the whole thing changed this year?
P: I could not work from home. I had back pain and poor sleep at the beginning.
I: How did you feel in the evening?
P: Um, I felt very lonely in the winter. My wife died in November, and I felt sad.
I: I'm so sorry to hear that. What helped you most?
P: Helen from the charity helped me with the letters. I could not have done it without her.
I: How often did you use the telephone?
P: My link worker is called James. We met on the phone every Monday.
I: What did you talk about?
P: My link worker and I talked about the future. I worried about the benefits all the time.
I: Was it easy or hard to ask for help?
P: Oh, it was quite hard to ask for help. I can't use the computer without help.
I: Do you still go to the men's group in Leeds?
P: No, not really. I started gardening in June.
P: There were twelve people in the community garden. They were all very kind and helpful.
I: Would you say that the programme was useful?
P: Yes, exactly. I would give it eight out of ten.
I: Why not ten?
P: It took two months to get an appointment.
I: What would you like to see in the future?
P: I would like to see more funding for community groups.
I: What does health mean to you?
P: Health means that I can see my family and my friends.
I: That is a lovely answer. I will stop the recording now.
P: Thank you very much.
"""

CLIENT_KITCHEN = """
I: Today is Friday, and I am talking to Karen from Cardiff. You can stop the interview at any time, Karen.
P: Thank you. That is really helpful.
I: What was it like to stay at home?
P: It's really hard when you live alone. My sister called me most days.
I: Did you feel isolated during the lockdown?
P: Yes, I felt so isolated at night. I was always tired and worried.
I: Can you tell me about your health?
P: I had diabetes and depression. I was in hospital for nine days.
P: The nurse said that I should ask for help.
I: How did you first hear about the project?
P: My neighbour told me last year. I didn't know what a link worker was.
I: Who called you on the phone?
P: My link worker is called Emma. We met online twice a week.
I: Was it frustrating or easy to use the computer?
P: Well, it was so stressful at the beginning. I don't like a video call, but my son helped me.
I: Can you tell me a bit more about the training?
P: Somebody from the food bank gave me advice. I learned about cooking and shopping.
P: I've been cooking for six months. It was my support worker who listened to me.
I: Do you feel happy or bored at the moment?
P: I feel much better now. I can sleep at night, and I am not so anxious.
I: When did you start painting?
P: I started painting in August. I went to the art group with Linda.
I: On a scale from zero to ten, how supported did you feel last month?
P: Um, eight, maybe nine.
I: Is there anything else about the service or the lockdown?
P: I need a routine and some company. I am afraid of the virus, but I want to see my friends.
I: Thank you for talking to me about your experience.
P: Okay, thank you.
I: I will stop the recording now. Have a good day, and stay safe.
"""

LINK_WORKER = """
I: Good morning, and thank you for joining me today. Can you tell me a bit about yourself?
P: I am a link worker in Sheffield. I have been in this job for three years.
I: How many clients do you work with?
P: I work with about fifty clients. Most of our clients have anxiety or depression.
P: Many of them live alone.
I: What kind of problems did people have during the pandemic?
P: Some people had no food at home.
P: The volunteers did the shopping for us.
I: Was it easy to work from home?
P: Before the pandemic we saw clients at the surgery. Then we had to do everything on the phone.
I: Was it hard to say goodbye?
P: Others wanted to talk for two hours.
I: Did you get any training?
P: We had one day of training in April. It was not very helpful.
I: What helped you most?
P: We had a meeting every Monday morning. That meeting really helped me.
I: What about your own health?
P: I was tired, and I worked too much. My manager was very kind.
P: She told me to take a week off.
I: How do you work with the nurses at the surgery?
P: We asked about the training with our nurses. The nurse can refer people to the gym.
I: What do you think about the app?
P: I don't like the app, but I had to use it. My mother is eighty and she still writes letters.
I: Did you feel safe at work?
P: Some patients were quite worried about the vaccine. We gave them clear information.
I: How do you feel now?
P: I feel much better now. In Sheffield there is a walking group.
I: Okay, one last question. What would you like to see in the future?
P: Our link workers need more time. That is very important.
I: Thank you very much for talking to me.
"""

MANAGER = """
I: My name is Robert and I am a researcher from London.
I: I would like to ask you about your work and the funding.
P: Okay, thank you.
I: Can you tell me a bit about yourself?
P: I manage a team of twelve link workers. I work for the charity in Manchester.
P: We work with thirty clients every week.
I: How has the service changed this year?
P: We had fifty referrals in June. The doctors sent us everyone.
P: We did not have the staff for that.
I: So what did you do?
P: The whole system changed in four days. We were told to work from home.
P: During the lockdown we used the telephone. It was very stressful to close the office.
I: Can you tell me about the risk?
P: Some link workers were quite anxious. Everyone was tired and sad.
P: On Thursday we have the coffee morning.
P: The funding ended in September. Nobody knew what would happen next.
P: It is difficult to plan when you have no money.
I: Did the council help you with the groups?
P: The council closed the library. In Manchester there is a community garden.
P: You can't send people to a group that is closed.
I: What do you think about the rules?
P: The government did not give us clear information. That is very frustrating.
I: What would you like to see next year?
P: Social prescribing needs good groups in the community. Our clients need more support.
P: For people with back pain, swimming can be helpful.
I: When did the walking group start?
P: It started in July, and there were thirty people in the park.
I: That is a good story.
P: You need better training to do this work.
I: Is there anything else you would like to tell me?
P: No, I think that is all.
I: Thank you very much for talking to me. I will stop the recording now.
"""

CLIENT_CARER = """
I: Today is Monday, and I am talking to Michael from Newcastle. Are you happy for me to record the interview?
P: Yes, that is fine.
I: Can you tell me about your family?
P: I live in Newcastle with my mother. She is eighty and she has diabetes.
P: My brother moved to Birmingham five years ago.
I: What was it like to leave the house?
P: Um, it was really strange to wear a mask. I did not want to go outside before the vaccine.
P: My mother was afraid, and I was angry about the news.
I: How did you first hear about the programme?
P: The health coach told me about the choir. She gave me a letter.
I: What do you like to do at home?
P: We started gardening in April.
P: She is very happy when I cook dinner.
I: Who listened to you during the lockdown?
P: My link worker is called Alice. Alice from the community team listened to me.
P: She sent me a text message every morning.
I: How many years have you been in Newcastle?
P: About thirty years. I used to go cycling every morning.
P: I had stress and money problems in the winter. It was terrible to find a job.
I: Would you say that the charity was useful?
P: Yes, I think so. Somebody from the charity gave me advice about housing problems.
P: After that I asked about the benefits. It took five months to get a letter from the council.
I: Do you feel supported or worried at the weekend?
P: Well, I am often worried on Sunday. But my friend visited me in July, and we went to the park.
I: On a scale from zero to ten, how safe did you feel in the summer?
P: Um, five, maybe six.
I: What would you like to see in the future?
P: I want to start again. I would like to join a book club and take a walk every day.
I: That is a lovely answer.
P: All I need is good advice.
I: Thank you very much for talking to me. Have a good day, and stay safe.
"""
